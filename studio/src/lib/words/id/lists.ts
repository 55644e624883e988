import type { lists as english } from "../en/lists.ts";
import type { Spoken } from "../spoken.ts";

/** The words of lists, in Indonesian. */
export const lists: Spoken<typeof english> = {
  viewActs: (title) => `Tampilan ${title}`,
  saveChanges: "Simpan perubahan",
  saveAsNew: "Simpan sebagai baru…",
  saveView: "Simpan tampilan",
  resetView: "Kembalikan",
  viewFor: "Untuk siapa",
  viewForMe: "Untuk saya",
  viewForAll: "Untuk semua orang",
  viewForAllAbout: "Orang yang tidak boleh membaca semua kolomnya tidak melihatnya.",
  editView: "Ganti nama atau bagikan…",
  copyLink: "Salin tautan",
  linkCopied: "Tautan disalin.",
  deleteView: "Hapus tampilan",
  viewDeleted: (title) => `${title} dihapus`,
  viewGone: "Tampilan ini sudah tidak ada, atau tidak dibagikan kepada Anda.",
  viewMended: "Sebagian dari tampilan ini sudah tidak ada dan dilewati.",
  sharedBy: (name) => `dibagikan oleh ${name}`,
  sharedByYou: "dibagikan oleh Anda",
  onlyYours: "hanya milik Anda",
  dateField: "Menurut tanggal",
};
