import next from "eslint-config-next/core-web-vitals";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

const typed = ["**/*.ts", "**/*.tsx"];
const screens = ["app/**/*.{ts,tsx}", "components/**/*.{ts,tsx}"];
const tests = ["**/*.test.ts", "**/*.test.tsx", "**/conformance{,-*}.ts", "e2e/**", "bench/**"];

export default defineConfig(
  globalIgnores([".next/", "data/", "lib/db/generated/", "playwright-report/", "test-results/", "next-env.d.ts"]),
  // A rule that is wrong is changed here, for everybody; a comment cannot switch one off.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" } },
  ...next.map((config) => (config.rules ? { ...config, files: screens } : config)),
  { files: typed, extends: [typescript.configs.strictTypeChecked], languageOptions: { parserOptions: { projectService: true } } },
  {
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportAllDeclaration", message: "No barrels: import from the file that has it." },
        {
          selector: "TSEnumDeclaration, TSParameterProperty, TSModuleDeclaration[kind='namespace']",
          message: "Node runs these files with their types erased: use erasable syntax.",
        },
      ],
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: typed,
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { prefer: "type-imports", fixStyle: "separate-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": true, "ts-ignore": true, "ts-nocheck": true, "ts-check": true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      "@typescript-eslint/no-misused-spread": ["error", { allow: [{ from: "lib", name: "string" }] }],
      // Handlers of events and forms may be asynchronous; everywhere else a forgotten promise is an error.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
      // "void" as a type argument is how a mutation without input is written.
      "@typescript-eslint/no-invalid-void-type": "off",
      // An implementation of an asynchronous interface need not wait for anything.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
    },
  },
  { files: ["**/*.tsx"], rules: { "max-lines-per-function": ["error", { max: 90, skipBlankLines: true, skipComments: true }] } },
  { files: tests, rules: { "max-lines": "off", "max-lines-per-function": "off" } },
  // Where the session has changed, the page is read anew on purpose.
  { files: screens, rules: { "@next/next/no-location-assign-relative-destination": "off" } },
  // Programs talk to the person who started them.
  { files: ["ops/**", "bench/**", "prisma/**", "worker/main.ts"], rules: { "no-console": "off" } },
);
