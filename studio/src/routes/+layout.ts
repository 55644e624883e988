import { speakOneOf } from "#lib/language.ts";

export const ssr = false;
export const prerender = false;

/** Before anybody is known, screens speak the language of the browser. */
export const load = () => speakOneOf(navigator.languages);
