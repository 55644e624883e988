import type { translations as english } from "../en/translations.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the table of translations. */
export const translations: Spoken<typeof english> = {
  translations: "翻譯",
  translatedInto: "翻譯成",
  translationLabel: "標籤",
  translationSource: "原文",
  translationShown: "顯示",
  translationAll: "所有標籤",
  translationUndone: "尚未翻譯的標籤",
  translationDone: "已翻譯",
  translationMissing: "未翻譯",
  translationOutdated: "需更新",
  translationFile: "匯出檔案",
  translationRead: "匯入檔案",
  translationNotRead: "檔案必須包含 address、key 與 text 欄。",
  translate: (what) => `翻譯${what}`,
  translationProgress: (percent) => `已翻譯 ${percent}%`,
  translationMissingCount: (n) => `${n} 個未翻譯`,
  translationOutdatedCount: (n) => `${n} 個需更新`,
  translationTaken: (n) => `檔案變更了 ${n} 個標籤`,
  translationUnknown: (n) => `有 ${n} 列找不到對應的標籤`,
};
