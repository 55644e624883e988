/** The words of the workflow builder. */
export const builder = {} as const;
