import type { files as english } from "../en/files.ts";
import type { Spoken } from "../spoken.ts";

export const files: Spoken<typeof english> = {
  recordFiles: "檔案",
  addFiles: "加入檔案",
  addingFiles: "加入中",
  dropFilesHere: "或拖放到這裡，每個最多 25 MB。",
  takeFile: (name) => `移除 ${name}`,
  attachedIt: (name) => `附加了 ${name}`,
  detachedIt: (name) => `移除了 ${name}`,
  fileCame: (name) => `已附加 ${name}`,
  filesCame: (n) => `已附加 ${n} 個檔案`,
  fileWent: (name) => `已移除 ${name}`,
};
