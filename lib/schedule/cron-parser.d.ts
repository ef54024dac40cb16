// The package's main file also offers a reader of crontab files, which asks for node:fs and so cannot go into a browser's bundle.
declare module "cron-parser/dist/CronExpressionParser.js" {
  export { CronExpressionParser } from "cron-parser";
}
