import { mkdir, writeFile } from "node:fs/promises";
import type { Reporter, TestModule } from "vitest/node";

/** What a runner of tests comes to, with a line for each thing that did not hold. */
export interface Counted {
  readonly passed: number;
  readonly skipped: number;
  readonly faults: readonly string[];
}

type Errors = Parameters<NonNullable<Reporter["onTestRunEnd"]>>[1];

/** Where the tests of logic write down what they come to. */
export const logicReport = new URL("../test-results/logic.json", import.meta.url);

/**
 * Counts the tests of Vitest and writes down what failed. An error beside all tests, such as a promise that nobody waits
 * for, ends badly a run whose tests have all passed: it is told like the others.
 */
export default class CountingReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], beside: Errors): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const counted: Counted = {
      passed: inState("passed").length,
      skipped: inState("skipped").length,
      faults: [
        ...inState("failed").map((test) =>
          told(`${test.module.relativeModuleId} > ${test.fullName}`, test.result().errors?.[0]),
        ),
        ...modules.flatMap((module) => module.errors().map((error) => told(module.relativeModuleId, error))),
        ...beside.map((error) => told("beside all tests", error)),
      ],
    };
    await mkdir(new URL("./", logicReport), { recursive: true });
    await writeFile(logicReport, JSON.stringify(counted));
  }
}

function told(what: string, error: Errors[number] | undefined): string {
  const at = error?.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return `${what}: ${error?.message.split("\n", 3).join(" ") ?? "failed"} ${at?.trim() ?? ""}`.trimEnd();
}

/** What Playwright's report of all suites comes to; a test that passed when it was told again has passed. */
export function countScreens({ suites, errors, stats }: ScreensReport): Counted {
  const failed = (suite: Suite): readonly string[] => [
    ...(suite.specs ?? []).filter(({ ok }) => !ok).map(({ title, file }) => `${file} > ${title}`),
    ...(suite.suites ?? []).flatMap(failed),
  ];
  return {
    passed: stats.expected + stats.flaky,
    skipped: stats.skipped,
    faults: [...suites.flatMap(failed), ...errors.map(({ message }) => `beside all screens: ${message}`)],
  };
}

interface Suite {
  readonly specs?: readonly { readonly title: string; readonly file: string; readonly ok: boolean }[];
  readonly suites?: readonly Suite[];
}

/** What is read of the report that Playwright writes as JSON. */
export interface ScreensReport {
  readonly suites: readonly Suite[];
  readonly errors: readonly { readonly message?: string }[];
  readonly stats: Readonly<Record<"expected" | "flaky" | "skipped", number>>;
}
