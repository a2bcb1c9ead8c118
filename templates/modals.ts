import { modalMetadata } from './button-value';
import { cut } from './escape';

export const MODAL_CALLBACK = 'cutover.reason';
export const MAX_REASON = 500;

export type ReasonKind = 'approve' | 'hold' | 'rollback' | 'abort' | 'skip';

/** What a reason is asked for. A gate's three facts stand together or not at all; without a wave the site's newest is meant. */
export interface AskedReason {
  readonly kind: ReasonKind;
  readonly site: string;
  readonly wave: string | null;
  readonly channel: string;
  /** The thread in which it was asked for; the private answer goes there. */
  readonly thread?: string | undefined;
  /** A reason that was given already: it stands in the form. */
  readonly reason?: string | null | undefined;
  readonly step?: string;
  readonly gate?: number;
  readonly hash?: string;
}

interface Words {
  readonly title: string;
  readonly prompt: (site: string) => string;
  readonly submit: string;
  readonly danger: boolean;
  /** The site's name has to be typed: for what leaves calls in an unknown state. */
  readonly typeSite: boolean;
}

const WORDS: Readonly<Record<ReasonKind, Words>> = {
  approve: {
    title: 'Approve the gate',
    prompt: (site) => `The policy of ${site} asks for a reason with every approval of this gate.`,
    submit: 'Approve',
    danger: false,
    typeSite: false,
  },
  hold: {
    title: 'Hold at the gate',
    prompt: (site) => `${site} stops here and nothing is changed. Resume checks again and opens a new gate.`,
    submit: 'Hold',
    danger: false,
    typeSite: false,
  },
  rollback: {
    title: 'Roll back',
    prompt: (site) =>
      `Everything that this wave has done at ${site} is undone, queues and legacy first. Callers keep a way in at every moment.`,
    submit: 'Roll back',
    danger: true,
    typeSite: false,
  },
  abort: {
    title: 'Abort the wave',
    prompt: (site) =>
      `The bot stops at ${site} and leaves everything as it is, half-way or not. Nothing is undone. Roll back is the safe way out.`,
    submit: 'Abort',
    danger: true,
    typeSite: true,
  },
  skip: {
    title: 'Skip the step',
    prompt: (site) =>
      `${site} goes on without the step that holds it. Steps that protect calls, and gates, cannot be skipped.`,
    submit: 'Skip',
    danger: true,
    typeSite: false,
  },
};

/** The modal of one kind of reason. */
export function reasonModal(asked: AskedReason): object {
  const { title, prompt, submit, danger, typeSite } = WORDS[asked.kind];
  return textModal({
    title,
    prompt: prompt(asked.site),
    submit,
    danger,
    privateMetadata: modalMetadata(asked),
    ...(asked.reason ? { given: asked.reason } : {}),
    ...(typeSite ? { confirmWord: asked.site } : {}),
  });
}

export interface TextModal {
  readonly title: string;
  /** One or two plain sentences: what will happen. */
  readonly prompt: string;
  readonly submit: string;
  readonly privateMetadata: string;
  readonly danger: boolean;
  readonly confirmWord?: string;
  readonly given?: string;
}

/** Asks for a text, which goes into the audit log. Blocks `reason`/`text` and, with a word to be typed, `confirm`/`text`. */
export function textModal({ title, prompt, submit, privateMetadata, danger, confirmWord, given }: TextModal): object {
  return {
    type: 'modal',
    callback_id: MODAL_CALLBACK,
    private_metadata: privateMetadata,
    title: plainText(title, 24),
    submit: plainText(submit, 24),
    close: plainText('Not now', 24),
    blocks: [
      { type: 'section', block_id: 'prompt', text: plainText(danger ? `:warning: ${prompt}` : prompt, 1500) },
      {
        type: 'input',
        block_id: 'reason',
        label: plainText('Reason', 100),
        hint: plainText('Stands in the thread and in the audit log.', 150),
        element: {
          type: 'plain_text_input',
          action_id: 'text',
          multiline: true,
          min_length: 1,
          max_length: MAX_REASON,
          focus_on_load: true,
          ...(given === undefined ? {} : { initial_value: cut(given, MAX_REASON) }),
        },
      },
      ...(confirmWord === undefined ? [] : [confirmInput(confirmWord)]),
    ],
  };
}

function confirmInput(word: string): object {
  const element = {
    type: 'plain_text_input',
    action_id: 'text',
    min_length: 1,
    max_length: 100,
    placeholder: plainText(word, 100),
  };
  return { type: 'input', block_id: 'confirm', label: plainText(`To go ahead, type ${word}`, 150), element };
}

const plainText = (text: string, max: number): object => ({ type: 'plain_text', text: cut(text, max), emoji: true });
