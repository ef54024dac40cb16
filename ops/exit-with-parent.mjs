// Loaded before a program that another one of ours starts: when that one is gone, however it went, this one ends as if asked to.
process.on("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
});
process.channel?.unref();
