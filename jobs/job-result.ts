/** What becomes of a job: done, or to be asked again after so many real ms. */
export type JobResult = 'done' | { readonly againAfterMs: number };
