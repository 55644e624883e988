/** The words of taking an import back. */
export const undoing = {
  undoPlanText: "Nothing has happened yet.",
  undoRemoves: (count: string) => `${count} records that it made go to the trash`,
  undoRestores: (count: string) => `${count} records go back to what they were`,
  undoLeaves: (count: string) => `${count} stay as they are`,
  undoWhys: {
    changed: "was changed since",
    gone: "is not there any more",
    needed: "is needed by records that came later",
    taken: "its values are another's now",
    erased: "its person was erased",
  },
  undoForce: "Put the import's own fields back there as well",
  undoDo: "Take it back",
  undoMoreLeft: (count: string) => `and ${count} more`,
} as const;
