/** SHA-256 of a text (UTF-8), lower-case hexadecimal. A port because `core` is pure. */
export type Digest = (text: string) => string;
