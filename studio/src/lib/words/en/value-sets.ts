/** The words of choices that fields share. */
export const valueSets = {
  valueSets: "Shared choices",
  newValueSet: "New set",
  noValueSets: "No choices are shared yet.",
  valueSetText:
    "A choice that is retired stays where it stands and is offered no more. When one is removed, the plan asks what becomes of the records that hold it.",
  removeValueSet: "Remove set",
  removeValueSetText: "Fields that use it must have other choices first.",
  labelsIn: "Labels in",
  noOtherLanguage: "no other language",
  choiceOrderKeys: "Drag it, or press Alt and arrows in its label",
  retire: (title: string) => `Retire ${title}`,
  offerAgain: (title: string) => `Offer ${title} again`,
  openSet: (title: string) => `Open the choices of ${title}`,
} as const;
