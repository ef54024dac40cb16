/** The tones a word, badge or callout may have. What each one means is decided by its user. */
export type Tone = "green" | "amber" | "red" | "violet" | "blue" | "grey";

/** Ground, hairline and words of a tinted box. */
export const toneBox: Record<Tone, string> = {
  green: "border-green-line bg-green-soft text-green-text",
  amber: "border-amber-line bg-amber-soft text-amber-text",
  red: "border-red-line bg-red-soft text-red-text",
  violet: "border-violet-line bg-violet-soft text-violet-text",
  blue: "border-blue-line bg-blue-soft text-blue-text",
  grey: "border-grey-line bg-grey-soft text-grey-text",
};

/** The solid tone, for shapes that use the current colour. */
export const toneSolid: Record<Tone, string> = {
  green: "text-green",
  amber: "text-amber",
  red: "text-red",
  violet: "text-violet",
  blue: "text-blue",
  grey: "text-grey",
};
