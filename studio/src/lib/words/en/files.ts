/** The words of files that hang on records. */
export const files = {
  recordFiles: "Files",
  addFiles: "Add files",
  addingFiles: "Adding",
  dropFilesHere: "or drop them here, 25 MB each at most.",
  takeFile: (name: string) => `Take ${name} away`,
  attachedIt: (name: string) => `attached ${name}`,
  detachedIt: (name: string) => `took ${name} away`,
  fileCame: (name: string) => `${name} is attached`,
  filesCame: (n: number) => `${n} files are attached`,
  fileWent: (name: string) => `${name} is taken away`,
} as const;
