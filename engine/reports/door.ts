/** Reports as other rooms use them. */
export { answerReport, type Found, type ReportAnswer, type ReportColumn, type ReportRow } from "./answer.ts";
export { answerCustomers, purchasesMost } from "./customers.ts";
export { planReport, type ReportParameters, type ReportPlan } from "./plan.ts";
export { answerFalls, fallBodies, fallingMost } from "./waterfall.ts";
export { answerShares, sharedMost } from "./attribution.ts";
export { mailedFor } from "./mailing.ts";
export { readParameters } from "./parameters.ts";
export { unratedBody, unratedDrill } from "./unrated.ts";
export { converted, partIn, ratesOn, type Rates } from "./purse.ts";
export { all as together } from "./drill.ts";
