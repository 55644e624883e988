import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("../../shared/data", import.meta.url));
const given = process.env.TRELLIS_TEST_DATA ?? beside;

/** The folder of real data sets with reference answers; `undefined` where it is not here. */
export const dataFolder: string | undefined = existsSync(given) ? given : undefined;

/** Why a test on real data was skipped. */
export const withoutData = "the shared data sets are not here (TRELLIS_TEST_DATA)";
