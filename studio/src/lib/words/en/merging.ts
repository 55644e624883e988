/** The words of joining records into one. */
export const merging = {
  merging: {
    title: (entity: string) => `Merge ${entity.toLowerCase()}`,
    find: (entity: string) => `Another ${entity.toLowerCase()} for the same`,
    found: "Found",
    noneFound: "No other one is found.",
    values: "Whose values stand",
    stays: "This one stays",
    leave: (name: string) => `Leave out ${name}`,
    alike: "They differ in nothing that one could choose.",
    moves: "What moves",
    movesTo: (name: string) => `Moves to ${name}`,
    mails: "mails",
    notes: "notes",
    files: "files",
    nothingMoves: "nothing: there is none",
    trashed: (names: string) =>
      `${names}: goes to the trash and leads here. Clocks there end; those here go on. It can be undone.`,
    noneChosen: "Choose another record first.",
    merge: (count: number) => `Merge ${count} ${count === 1 ? "record" : "records"}`,
    act: "Merge",
    done: (name: string) => `${name}: merged`,
  },
} as const;
