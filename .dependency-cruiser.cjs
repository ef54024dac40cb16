// Which way things point (ARCHITECTURE.md). Every rule is an error; there is no list of exceptions to grow.

const tests = "(\\.test\\.tsx?|/conformance[a-z-]*\\.ts)$";

/** What runs in the browser as well as on the server: it may import only its like, and nothing of Node's. */
const leaves = [
  "^lib/.+schemas\\.ts$",
  "^lib/(ids|errors)\\.ts$",
  "^lib/events/event-types\\.ts$",
  "^lib/auth/(permissions|passphrase-strength)\\.ts$",
  "^lib/http/(client|fields|paging)\\.ts$",
  "^lib/schedule/[^/]+\\.ts$",
];

/** Everything that an edge made of types only may point to, because nothing of it is left when the program runs. */
const notTypes = { dependencyTypesNot: ["type-only"] };

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    rule("no-cycles", "Two files that need each other are one file, or hide a third.", {}, { circular: true }),
    rule("resolvable", "An import that leads nowhere.", {}, { couldNotResolve: true }),
    rule(
      "lib-knows-no-screens",
      "lib serves app, components and worker; it never asks them.",
      { path: "^lib/", pathNot: tests },
      {
        path: "^(app|components|worker|ops|e2e|bench)/",
      },
    ),
    rule(
      "lib-knows-no-react",
      "lib runs without a page.",
      { path: "^lib/" },
      {
        path: "(^|/)node_modules/(react|react-dom|@tanstack|radix-ui|@types/react|@types/react-dom)/",
      },
    ),
    rule(
      "lib-knows-no-next",
      "Only the session and the HTTP layer know the web framework.",
      { path: "^lib/", pathNot: "^lib/(auth/session\\.ts$|http/)" },
      {
        path: "(^|/)node_modules/next/",
      },
    ),
    rule(
      "one-door-to-next-auth",
      "Only lib/auth/session.ts knows next-auth.",
      { pathNot: "^lib/auth/session\\.ts$" },
      {
        path: "(^|/)node_modules/next-auth/",
      },
    ),
    rule(
      "one-door-to-data",
      "Only lib/db knows the Prisma client.",
      { pathNot: "^(lib/db/|prisma/migrate\\.ts$|prisma\\.config\\.ts$)" },
      {
        path: "((^|/)node_modules/(@prisma|\\.prisma|prisma)/|lib/db/generated/)",
      },
    ),
    rule(
      "app-asks-operations",
      "Pages and routes go through operations, never to the database.",
      { path: "^(app|components)/" },
      {
        path: "^lib/db/",
      },
    ),
    rule(
      "connectors-move-bytes",
      "A connector knows neither the database nor the tenant.",
      { path: "^lib/connectors/", pathNot: tests },
      {
        path: "^lib/",
        pathNot: "^lib/((connectors|net|archive|crypto|schedule)/|(errors|ids|clock|log)\\.ts$)",
      },
    ),
    rule(
      "crypto-stands-alone",
      "lib/crypto imports nothing of ours.",
      { path: "^lib/crypto/" },
      {
        path: "^(app|components|lib|worker|prisma|ops|e2e|bench)/",
        pathNot: "^lib/crypto/",
      },
    ),
    rule(
      "components-import-leaves",
      "Components take from lib only what is safe in a browser.",
      { path: "^components/" },
      {
        path: "^lib/",
        pathNot: leaves,
        ...notTypes,
      },
    ),
    rule(
      "components-know-no-pages",
      "app draws components, not the other way.",
      { path: "^components/" },
      {
        path: "^(app|worker|prisma|ops|e2e|bench)/",
      },
    ),
    rule(
      "leaves-import-leaves",
      "What runs in a browser imports only what runs in a browser.",
      { path: leaves, pathNot: tests },
      {
        path: "^lib/",
        pathNot: leaves,
        ...notTypes,
      },
    ),
    rule(
      "no-node-in-the-browser",
      "A browser has no modules of Node's.",
      { path: ["^components/", ...leaves], pathNot: tests },
      {
        dependencyTypes: ["core"],
        ...notTypes,
      },
    ),
    rule(
      "ui-knows-no-product",
      "components/ui is the drawing kit: no words of the product, no fetching.",
      { path: "^components/ui/" },
      {
        path: ["^(app|components|lib|worker)/", "(^|/)node_modules/@tanstack/react-query/"],
        pathNot: "^components/ui/",
      },
    ),
    rule(
      "nouns-keep-their-insides",
      "A noun uses another through its operations and schemas.",
      { path: "^lib/([^/]+)/" },
      {
        path: ["^lib/[^/]+/internal\\.ts$", "^lib/[^/]+/.+/internal\\.ts$"],
        pathNot: "^lib/$1/",
      },
    ),
    rule(
      "no-one-imports-tests",
      "A test is the end of the line.",
      { pathNot: "(\\.test\\.tsx?$|/conformance[a-z-]*\\.ts$|^e2e/|^bench/)" },
      { path: "(\\.test\\.tsx?$|/conformance[a-z-]*\\.ts$|^e2e/|^bench/)" },
    ),
    rule(
      "ships-what-it-uses",
      "What runs in production is a dependency, not a development dependency.",
      {
        path: "^(app|components|lib|prisma|worker)/",
        pathNot: tests,
      },
      { dependencyTypes: ["npm-dev", "npm-no-pkg"], ...notTypes },
    ),
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^lib/db/generated/"] },
    exclude: { path: ["^\\.next/", "^data/", "^next-env\\.d\\.ts$"] },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["node", "import", "types", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".tsx", ".d.ts", ".js", ".mjs", ".cjs", ".json"],
    },
  },
};

function rule(name, comment, from, to) {
  return { name, severity: "error", comment, from, to };
}
