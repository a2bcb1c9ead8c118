/**
 * The form in which this version keeps waves. Each wave in the store carries the highest form that it was written in, and
 * a process that knows only lower ones leaves that wave to the newer version.
 *
 * It is raised by one in the same commit that lets a wave hold what a process of the form before would refuse or misread:
 * a new event, status, cause of a hold or kind of step; a field that `evolve`, `decide` or `due` go by; another meaning of
 * one that is there. What is only carried along and shown (evidence, texts) does not raise it. Older forms stay readable:
 * nothing is ever taken away.
 */
export const STORE_FORMAT = 3;

/** What the store says of a wave. One without the mark was written before there was any: the first form. */
export function formatOf(mark: string | null | undefined): number {
  return /^\d{1,9}$/.test(mark ?? '') ? Number(mark) : 1;
}
