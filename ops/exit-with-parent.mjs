// Loaded before a program that another one of ours starts: when that one is gone, however it went, this one ends as if asked to.
// A program's own children load it too, and need their channel: for them it does nothing.
if (process.env.HOLDFAST_LAUNCHER_PID === String(process.ppid)) {
  process.on("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
  });
  process.channel?.unref();
}
