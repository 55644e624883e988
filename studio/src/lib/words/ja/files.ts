import type { files as english } from "../en/files.ts";
import type { Spoken } from "../spoken.ts";

export const files: Spoken<typeof english> = {
  recordFiles: "ファイル",
  addFiles: "ファイルを追加",
  addingFiles: "追加中",
  dropFilesHere: "またはここにドロップ（1件25 MBまで）。",
  takeFile: (name) => `${name}を外す`,
  attachedIt: (name) => `${name}を添付`,
  detachedIt: (name) => `${name}を外した`,
  fileCame: (name) => `${name}を添付しました`,
  filesCame: (n) => `${n}件のファイルを添付しました`,
  fileWent: (name) => `${name}を外しました`,
};
