// One thing a person reads as one token, in a sequence of token ids.

/** Usually one token; several where byte pieces form one character. */
export interface TokenSpan {
  /** First position in the sequence (0 is <bos>). */
  first: number
  count: number
  /** The characters, as in the text; "<bos>" for specials; "<0xE2>" for bytes that form no character. */
  text: string
  special: boolean
}
