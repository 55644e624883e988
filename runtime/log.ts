export type Level = "info" | "warn" | "error";

/** Says one thing that happened, with what belongs to it. */
export type Log = (level: Level, event: string, facts?: Readonly<Record<string, unknown>>) => void;

/** Lines for people in a terminal, JSON for machines elsewhere. */
export function openLog(write: (line: string) => void, forPeople: boolean): Log {
  return (level, event, facts = {}) => {
    const told = Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, plain(fact)]));
    if (!forPeople) return write(JSON.stringify({ at: new Date().toISOString(), level, event, ...told }));
    const rest = Object.entries(told).map(
      ([name, fact]) => `${name}=${typeof fact === "string" ? fact : JSON.stringify(fact)}`,
    );
    write([level === "info" ? "·" : level === "warn" ? "!" : "✗", event, ...rest].join(" "));
  };
}

function plain(fact: unknown): unknown {
  return fact instanceof Error ? (fact.stack ?? fact.message) : fact;
}
