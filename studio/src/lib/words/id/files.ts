import type { files as english } from "../en/files.ts";
import type { Spoken } from "../spoken.ts";

export const files: Spoken<typeof english> = {
  recordFiles: "Berkas",
  addFiles: "Tambah berkas",
  addingFiles: "Menambahkan",
  dropFilesHere: "atau lepas di sini, masing-masing paling besar 25 MB.",
  takeFile: (name) => `Lepas ${name}`,
  attachedIt: (name) => `melampirkan ${name}`,
  detachedIt: (name) => `melepas ${name}`,
  fileCame: (name) => `${name} dilampirkan`,
  filesCame: (n) => `${n} berkas dilampirkan`,
  fileWent: (name) => `${name} dilepas`,
};
