import { randomInt } from "node:crypto";
import { carriers } from "../carriers/index.ts";
import type { Courier, Tried } from "../carriers/carrier.ts";
import { tellGivenUp } from "./connections.ts";
import { leftRuns } from "./left-runs.ts";
import { claim, complete, noteCircuit, release, type Errand, type Line, type Result } from "./outbox.ts";

/** After the first try that failed; four times as long after each further one, a day at most. */
const baseSeconds = 5;
const factor = 4;
const longestSeconds = 86_400;
/** Chance is drawn in parts of a million. */
const million = 1_000_000;

/**
 * Takes some of a line and tries each once. Answers how many it has taken. What was not begun is given back at once; what
 * was, and could not be written down, waits for its lease: nobody knows then whether the other side has it.
 */
export async function carrySome(courier: Courier, line: Line): Promise<number> {
  const { workspace, now, random = drawn } = courier;
  const errands = await claim(workspace, line, now());
  const sent = new Set<string>();
  const begun = new Set<string>();
  const heard: Tried[] = [];
  const settled = async (errand: Errand, tried: Tried) => {
    const result = resultOf(errand, tried, now(), random());
    await complete(workspace, errand, result, now());
    sent.add(errand.id);
    if (result.status === "failed") await tellGivenUp(workspace, line.wire, now());
  };
  try {
    const left = await leftOf(courier, errands);
    for (const errand of left) await settled(errand, { came: "skipped", why: "left" });
    const wanted = errands.filter((it) => !left.includes(it));
    const tries = [...Map.groupBy(wanted, ({ kind }) => kind)].map(async ([kind, them]) => {
      const blind = them.filter(({ repeats, uncertain }) => repeats === "unsafe" && uncertain);
      for (const errand of blind) await settled(errand, unknown);
      const carrier = carriers[kind];
      if (!carrier) throw new Error(`Nobody carries "${kind}".`);
      const open = them.filter((it) => !blind.includes(it));
      const carry = await carrier.prepare(courier, line.wire, open);
      if (!carry) return;
      const each = open.map(async (errand) => {
        begun.add(errand.id);
        const tried = await carry(errand);
        if (!tried) return void begun.delete(errand.id);
        heard.push(tried);
        await settled(errand, tried);
      });
      const failed = (await Promise.allSettled(each)).find((it) => it.status === "rejected");
      if (failed) throw failed.reason;
    });
    const failed = (await Promise.allSettled(tries)).find((it) => it.status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    const open = errands.filter(({ id }) => !sent.has(id) && !begun.has(id)).map(({ id }) => id);
    if (open.length > 0) await release(workspace, open);
    await noteCircuit(workspace, line, faresOf(heard), { now: now(), random: random() });
  }
  return sent.size;
}

/** What waited for its hour while its run was left: nobody wants it any more. */
async function leftOf(
  { workspace: { pool, schema } }: Courier,
  errands: readonly Errand[],
): Promise<readonly Errand[]> {
  const late = errands.filter(({ late }) => late);
  const left = await leftRuns(
    pool,
    schema,
    late.flatMap(({ run }) => run ?? []),
  );
  return late.filter(({ run }) => left.has(run ?? ""));
}

const drawn = () => randomInt(million) / million;

/** What nobody knows of is not done again without a person's word. */
const unknown: Tried = { came: "refused", why: "unknown", blind: true };

/** How a line fares by what was heard: somebody answers there, or so many times nobody did. */
function faresOf(heard: readonly Tried[]) {
  const trouble = heard.filter((it) => it.came === "missed" && it.trouble);
  const fine = heard.some((it) => it.came === "done" || it.came === "refused" || (it.came === "missed" && !it.trouble));
  const [first] = trouble;
  return { fine, trouble: trouble.length, error: first?.came === "missed" ? first.why : "" };
}

function resultOf(errand: Errand, tried: Tried, now: Date, random: number): Result {
  const answer = "answer" in tried && tried.answer !== undefined ? { answer: tried.answer } : {};
  if (tried.came === "done") {
    const { told, output } = tried;
    return { status: "delivered", due: now, uncertain: false, ...answer, ...(told ? { told } : {}), output };
  }
  if (tried.came === "skipped") return { status: "skipped", due: now, uncertain: false, error: tried.why };
  if (tried.came === "refused")
    return { status: "failed", due: now, uncertain: tried.blind === true, error: tried.why, ...answer };
  const { why: error, reached, waitSeconds = 0 } = tried;
  const uncertain = errand.uncertain || reached;
  if (reached && errand.repeats === "unsafe")
    return { status: "failed", due: now, uncertain, error: "unknown", ...answer };
  if (errand.attempts >= errand.tries)
    return { status: "failed", due: now, uncertain: errand.repeats === "unsafe" && uncertain, error, ...answer };
  const most = Math.min(longestSeconds, baseSeconds * factor ** (errand.attempts - 1));
  // Anywhere in the span, so that those who failed together do not come back together.
  const seconds = Math.max(1, waitSeconds, most * random);
  return { status: "waiting", due: new Date(now.getTime() + seconds * 1000), uncertain, error, ...answer };
}
