/** Ids are made here and nowhere else, so that a site cannot be handed in where a wave is meant. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `site-a-wave-1` */
export type WaveId = Branded<'WaveId'>;
/** `switch-dns`; unique in its wave. */
export type StepId = Branded<'StepId'>;
/** A Slack user id. */
export type UserId = Branded<'UserId'>;

export const waveId = (text: string): WaveId => text as WaveId;
export const stepId = (text: string): StepId => text as StepId;
export const userId = (text: string): UserId => text as UserId;

export const waveOf = (site: string, number: number): WaveId => waveId(`${site}-wave-${number}`);
