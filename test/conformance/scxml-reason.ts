/** Something that the format of workflows does not say. */
export class Inexpressible extends Error {}
