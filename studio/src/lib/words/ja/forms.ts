import type { forms as english } from "../en/forms.ts";
import type { Spoken } from "../spoken.ts";

/** The words of forms that follow what is typed into them. */
export const forms: Spoken<typeof english> = {
  notOffered: (value) => `ここでは「${value}」を選べません。別のものを選んでください。`,
  formClears: (value) => `保存すると空になります：${value}`,
  formKeeps: (value) => `表示されなくなりますが、値は残ります：${value}`,
  formShows: (value) => `入力項目が増えました：${value}`,
  alsoAsked: "併せて入力が必要です",
};
