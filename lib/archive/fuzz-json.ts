import type { SeededRandom } from "#lib/archive/seeded-random.ts";

/** JSON as it is written: a scalar's text, or what stands within brackets. So fields can come twice, and numbers be what no program would write. */
type Tree = string | Branch;

interface Branch {
  isObject: boolean;
  members: Member[];
}

interface Member {
  /** Empty within a list. */
  name: string;
  tree: Tree;
}

type Change = (branch: Branch, at: number, random: SeededRandom) => void;

/** Changes one to four values of a JSON text and leaves its syntax whole, so that what looks at the values has to answer. */
export function mutateJson(text: string, random: SeededRandom): string {
  const root = treeOf(JSON.parse(text));
  for (let left = 1 + random.below(4); left > 0; left--) {
    const [first, ...others] = branchesOf(root).filter(({ members }) => members.length > 0);
    if (first === undefined) break;
    const branch = random.pick([first, ...others]);
    random.pick(changes)(branch, random.below(branch.members.length), random);
  }
  return write(root);
}

const SCALARS = [
  ...["null", "true", "false", "0", "-0", "-1", "1.5", "1e309", "-1e309", "1e-400", "2147483648", "9007199254740993", "9".repeat(400)],
  ...['""', '" "', '"0"', '"1"', '"\\u0000"', '"\\ud800"', '"../x"', '"__proto__"', '"9999-12-31T23:59:59Z"', `"${"0".repeat(64)}"`],
  ...["[]", "{}", "[null]", '{"__proto__":{}}', '{"toString":1}', '{"length":-1}'],
] as [string, ...string[]];

const MOST_REPEATED_LETTERS = 40_000;

const NAMES = ["", "__proto__", "constructor", "toJSON", "then", "later", "type", "formatVersion", "signature", "key", "entries"] as const;

const changes: [Change, ...Change[]] = [
  ({ members }, at) => void members.splice(at, 1),
  (branch, at, random) => set(branch, at, random.pick(SCALARS)),
  (branch, at, random) => set(branch, at, `"${"x".repeat(random.pick([100, 1000, 20_000]))}"`),
  (branch, at, random) => nest(branch, at, random.pick([1, 1, 50, 100, 20_000]), random.pick(["[]", "{}"])),
  ({ members }, at, random) => void members.splice(random.below(members.length + 1), 0, structuredClone(memberAt(members, at))),
  ({ members }, at, random) => repeat(members, memberAt(members, at), random.pick([10, 1000])),
  ({ isObject, members }, at, random) => {
    if (isObject) memberAt(members, at).name = random.pick(NAMES);
  },
  (branch, at, random) => {
    const [one, other] = [memberAt(branch.members, at), memberAt(branch.members, random.below(branch.members.length))];
    [one.tree, other.tree] = [other.tree, one.tree];
  },
];

function set({ members }: Branch, at: number, tree: Tree): void {
  memberAt(members, at).tree = tree;
}

/** Repeats of repeats would else fill the memory. */
function repeat(members: Member[], member: Member, times: number): void {
  const length = Math.min(times, Math.ceil(MOST_REPEATED_LETTERS / write(member.tree).length));
  members.push(...Array.from({ length }, () => structuredClone(member)));
}

function nest(branch: Branch, at: number, levels: number, brackets: string): void {
  const [open, close] = brackets === "[]" ? ["[", "]"] : ['{"later":', "}"];
  set(branch, at, open.repeat(levels) + write(memberAt(branch.members, at).tree) + close.repeat(levels));
}

function memberAt(members: readonly Member[], at: number): Member {
  const member = members[at];
  if (member === undefined) throw new RangeError(`There is no member ${at} of ${members.length}.`);
  return member;
}

function treeOf(value: unknown): Tree {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return {
    isObject: !Array.isArray(value),
    members: Object.entries(value).map(([name, inner]) => ({ name: Array.isArray(value) ? "" : name, tree: treeOf(inner) })),
  };
}

function branchesOf(tree: Tree): Branch[] {
  return typeof tree === "string" ? [] : [tree, ...tree.members.flatMap((member) => branchesOf(member.tree))];
}

function write(tree: Tree): string {
  if (typeof tree === "string") return tree;
  const written = tree.members.map((member) => (tree.isObject ? `${JSON.stringify(member.name)}:` : "") + write(member.tree));
  return tree.isObject ? `{${written.join()}}` : `[${written.join()}]`;
}
