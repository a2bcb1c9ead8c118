import { type LossTells, lostEvents, tellsOf } from '../src/core/log-loss';
import { boundedLines } from './blocks';
import { code, escaped } from './escape';
import { byWhom, mentions, titleOf } from './names';
import { serviceNow } from './situation';
import { type Teller, telling } from './telling';

const KNOWS = {
  thread: 'this thread tells of events that Redis does not have',
  memory: 'a bot that goes on running had written more than Redis has',
  world: 'something is changed already that by the log nobody has changed yet',
} as const;

/** The way on, for somebody who was woken up by it. */
const NEXT: Readonly<Record<LossTells, string>> = {
  on: 'read the lost posts. Where a copy of Redis or an export has them, `npx cutover audit restore FILE` puts them back and the wave goes on where it was. Otherwise *Roll back*; or *Resume*, which goes on from before them: gates are asked again, and what is not as it was planned holds the wave once more.',
  back: '*Roll back*: the lost events were on the way back. What is back already is only looked at.',
  ended: '*Abort* with a reason: by the lost events the wave had ended. That closes the book and changes nothing.',
};

export const logCutBack: Teller<'LogCutBack'> = (event, _logged, wave) => {
  const { posts, steps, world, witnesses, from } = event;
  const { policy } = wave.plan.site;
  const more = (left: number): string => `… and ${left} more`;
  const lines = posts.map(({ from: first, to, mark, says }) => {
    const numbers = first === to ? `#${to}` : `#${first}–${to}`;
    return `• ${numbers}${mark ? ` · ${code(mark, 20)}` : ''}: ${escaped(says, 160)}`;
  });
  const unknown = steps.filter(({ known }) => !known).map(({ step }) => titleOf(wave, step));
  const known = steps.filter((step) => step.known).map(({ step }) => titleOf(wave, step));
  const whom = mentions([...policy.operators, ...policy.approvers], 6);
  return {
    ...telling(
      'rotating_light',
      `*Redis has lost ${lostEvents(event)} of this wave*; the log goes on after event ${from - 1}`,
      [
        `*How that is known:* ${witnesses.map((witness) => KNOWS[witness]).join('; ')}.`,
        lines.length === 0
          ? 'No post tells of them.'
          : `*What was lost*, as this thread tells it above:\n${boundedLines(lines, { lines: 12, chars: 1800, more })}`,
        ...(known.length === 0
          ? []
          : [`*What was there before them is still known* of ${known.join(', ')}; the way back has it again.`]),
        ...(unknown.length === 0
          ? []
          : [
              `*May have been written meanwhile*, and what was there before is lost with it: ${unknown.join(', ')}. Its way back stops there and lists what to do by hand, with the values of the plan.`,
            ]),
        `*Calls now:* by the log: ${serviceNow(wave)} The lost events may have changed that: look at both trunks.\n*To do:* ${whom}: ${NEXT[tellsOf(event)]} Nothing moves by itself.`,
      ],
      world,
    ),
    loudEvidence: world.length > 0,
  };
};

export const eventsRestored: Teller<'EventsRestored'> = ({ from, to }, { by }, wave) =>
  telling(
    'leftwards_arrow_with_hook',
    `*${capital(lostEvents({ from, to }))} ${from === to ? 'is' : 'are'} back*, put back by ${byWhom(by)}`,
    [
      'They follow the log with their own marks, word by word, and fit what this thread tells of them: the wave stands as it stood after the last of them, and goes on. The posts and gate cards above count again.',
      `*Calls now:* ${serviceNow(wave)}`,
    ],
  );

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
