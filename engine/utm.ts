/** The parameters by which addresses say where somebody comes from. */
export const utmNames = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
export type UtmName = (typeof utmNames)[number];

/** What the same thing is often called, by what it is called here. */
const aliases: Readonly<Partial<Record<UtmName, Readonly<Record<string, readonly string[]>>>>> = {
  utm_source: {
    google: ["googleads", "google_ads", "adwords", "google.com"],
    facebook: ["fb", "facebook.com", "m.facebook.com"],
    instagram: ["ig", "instagram.com"],
    linkedin: ["li", "linkedin.com"],
    x: ["twitter", "twitter.com", "x.com", "t.co"],
    youtube: ["yt", "youtube.com"],
  },
  utm_medium: {
    email: ["e-mail", "mail", "e_mail", "newsletter"],
    cpc: ["ppc", "paidsearch", "paid_search", "paid-search", "sem"],
    organic: ["seo"],
    social: ["sm", "social-media", "social_media", "socialmedia"],
    referral: ["ref"],
  },
};

const longest = 200;

/** A parameter as it is counted: in small letters, without what stands around it, by one name for one thing. */
export function normalUtm(name: UtmName, written: string): string {
  const plain = written.normalize("NFKC").trim().toLowerCase().replaceAll(/\s+/g, " ").slice(0, longest);
  const known = Object.entries(aliases[name] ?? {}).find(([, others]) => others.includes(plain));
  return known?.[0] ?? plain;
}

/** Whether a parameter says where somebody comes from. */
export const isUtm = (name: string): name is UtmName => (utmNames as readonly string[]).includes(name);

/**
 * What the address of a page says of where somebody comes from, each parameter once; where one stands several times, the
 * first that says something.
 */
export function utmOf(query: URLSearchParams): Readonly<Partial<Record<UtmName, string>>> {
  const found = [...query].flatMap(([key, value]) => {
    const name = key.toLowerCase();
    const said = isUtm(name) ? normalUtm(name, value) : "";
    return isUtm(name) && said !== "" ? [[name, said] as const] : [];
  });
  return Object.fromEntries(found.reverse());
}
