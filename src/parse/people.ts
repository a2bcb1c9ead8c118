/** The id of a person in Slack. A user group (S...) or a bot (B...) is no person. */
export const isUserId = (text: string): boolean => /^[UW][A-Z0-9]{2,30}$/.test(text);
