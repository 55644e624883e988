/**
 * Work that is done once for all who want it of the same thing at the same time: who asks while it is under way is
 * answered by what it comes to.
 */
export function shared<About extends object, Rest extends readonly unknown[], Result>(
  work: (about: About, ...rest: Rest) => Promise<Result>,
): (about: About, ...rest: Rest) => Promise<Result> {
  const underWay = new WeakMap<About, Promise<Result>>();
  return (about, ...rest) => {
    const known = underWay.get(about);
    if (known) return known;
    const begun = work(about, ...rest).finally(() => underWay.delete(about));
    underWay.set(about, begun);
    return begun;
  };
}
