/** The words of taking an import back. */
export const undoing = {
  undoPlanText: "Nothing has happened yet.",
  undoRemoves: (n: number, count: string) =>
    `${count} ${n === 1 ? "record that it made goes" : "records that it made go"} to the trash`,
  undoRestores: (n: number, count: string) =>
    `${count} ${n === 1 ? "record goes back to what it was" : "records go back to what they were"}`,
  undoLeaves: (n: number, count: string) => `${count} ${n === 1 ? "stays as it is" : "stay as they are"}`,
  undoWhys: {
    changed: "was changed since",
    gone: "is not there any more",
    needed: "is needed by records that came later",
    taken: "its values are another's now",
    erased: "its person was erased",
    stranded: "the state in which it stood is gone",
  },
  undoForce: "Put the import's own fields back there as well",
  undoDo: "Take it back",
  undoMoreLeft: (count: string) => `and ${count} more`,
} as const;
