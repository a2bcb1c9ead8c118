/** What people may ask of an open wave: every verb and every button. */
import { type Actor, gateRule, isAmong, type Permission, type Person } from './actor';
import { type Decision, decided, NO_EVIDENCE, type Refusal, refuse, type WaveCommand } from './commands';
import type { WaveEvent } from './events';
import type { StepId } from './ids';
import { lostEvents } from './log-loss';
import { KIND_FACTS } from './step-kinds';
import { undoOrder } from './undo-order';
import { isForward, type OpenWave, stepAt, stepIndex } from './wave';

type Command<Type extends WaveCommand['type']> = Extract<WaveCommand, { type: Type }>;

export function approveGate(wave: OpenWave, command: Command<'ApproveGate'>, now: number): Decision {
  const { actor } = command;
  if (actor.kind !== 'person') return refuse('not-allowed', 'A gate is approved by people.');
  const guarded = guardedStep(wave, command.step);
  if (guarded === null) return staleGate(wave, command.gate);
  const { planned, state } = guarded;
  const gate = state.gate;
  if (gate.state === 'closed' || gate.number !== command.gate) return staleGate(wave, command.gate);
  if (gate.state === 'approved') {
    const names = gate.approvals.map((approval) => `<@${approval.user}>`).join(' and ');
    return refuse(
      'decided',
      `Gate ${gate.number} has been approved already by ${names}. Nothing was changed by your click.`,
    );
  }
  if (wave.status !== 'gated')
    return refuse('not-now', `Wave ${wave.id} is ${wave.status}; its gate cannot be approved now.`);
  if (now >= gate.expiresAt)
    return refuse(
      'stale',
      `Gate ${gate.number} has expired: nobody had decided in time. \`resume\` checks again and opens a new gate.`,
    );
  if (gate.hash !== command.hash)
    return refuse(
      'stale',
      'This card shows another plan than the one that waits here. Use the newest card of the thread.',
    );
  if (wave.startedBy.kind === 'person' && wave.startedBy.user === actor.user) {
    return refuse('own-wave', 'You started this wave, so somebody else has to approve its gates. Nothing was changed.');
  }
  const { approvers } = gateRule(wave.plan.site.policy, planned.kind);
  const permission = isAmong(actor, approvers);
  if (permission !== 'yes') return notAllowed(permission, `the approvers of gate ${gate.number} (${planned.title})`);
  if (gate.approvals.some((approval) => approval.user === actor.user)) {
    return refuse(
      'decided',
      `You have approved gate ${gate.number} already; it needs ${gate.quorum} different people and has ${gate.approvals.length}.`,
    );
  }
  if (gate.reasonRequired && !command.reason?.trim())
    return refuse('incomplete', `Gate ${gate.number} asks for a reason with every approval.`);
  const { step, reason } = command;
  return decided({
    type: 'GateApproved',
    step,
    gate: gate.number,
    approvals: gate.approvals.length + 1,
    quorum: gate.quorum,
    reason,
  });
}

export function holdGate(wave: OpenWave, command: Command<'HoldGate'>): Decision {
  const state = guardedStep(wave, command.step)?.state;
  if (state?.gate.state !== 'open' || state.gate.number !== command.gate || wave.status !== 'gated')
    return staleGate(wave, command.gate);
  return (
    mayAct(wave, command.actor) ??
    decided(
      { type: 'ApprovalVoided', step: command.step, gate: command.gate, reason: command.reason },
      {
        type: 'WaveHeld',
        step: command.step,
        cause: 'gate-held',
        reason: command.reason,
        evidence: NO_EVIDENCE,
        packet: null,
        progress: null,
      },
    )
  );
}

export function pause(wave: OpenWave, command: Command<'PauseWave'>): Decision {
  const no = mayAct(wave, command.actor);
  if (no) return no;
  if (wave.status === 'held') return refuse('not-now', `Wave ${wave.id} is held already: ${wave.hold.reason}`);
  if (!isForward(wave))
    return refuse(
      'not-now',
      `Wave ${wave.id} is ${wave.status}; a rollback is not paused, because it restores the service. \`abort\` stops it where it is.`,
    );
  const reason = command.reason ?? 'paused';
  return decided({
    type: 'WaveHeld',
    step: stepAt(wave, wave.at).planned.id,
    cause: 'person',
    reason,
    evidence: NO_EVIDENCE,
    packet: null,
    progress: null,
  });
}

export function resume(wave: OpenWave, command: Command<'ResumeWave'>): Decision {
  const no = mayAct(wave, command.actor);
  if (no) return no;
  if (wave.status !== 'held')
    return refuse(
      'not-now',
      `Wave ${wave.id} is ${wave.status}, not held; there is nothing to resume.${wave.status === 'stuck' ? ' `retry` tries its undo again.' : ''}`,
    );
  return overByThread(wave) ?? decided({ type: 'WaveResumed', reason: command.reason });
}

/** What the lost events are known to have decided is not decided otherwise by going on from before them. */
function overByThread(wave: OpenWave): Refusal | null {
  const { lost } = wave;
  const isHeldForIt = (wave.status === 'held' && wave.hold.cause === 'log-lost') || wave.status === 'stuck';
  if (!lost || !isHeldForIt || lost.tells === 'on') return null;
  if (lost.tells === 'ended')
    return refuse(
      'not-now',
      `The thread of ${wave.id} tells that it had ended (${lostEvents(lost)}, which Redis has lost), so nothing was done. \`abort\` with a reason closes it; nothing is changed by that.`,
    );
  return wave.status === 'stuck'
    ? null
    : refuse(
        'not-now',
        `The thread of ${wave.id} tells that it was going back (${lostEvents(lost)}, which Redis has lost), so it does not go on. \`rollback\` goes back again; what is back already is only looked at.`,
      );
}

export function retry(wave: OpenWave, command: Command<'RetryStep'>): Decision {
  const no = mayAct(wave, command.actor) ?? overByThread(wave);
  if (no) return no;
  if (wave.status === 'stuck') {
    const step = wave.undo[0];
    if (step === undefined) throw new Error(`wave ${wave.id} is stuck with nothing to undo`);
    const { state } = stepAt(wave, stepIndex(wave, step));
    return decided({ type: 'UndoRetried', step, attempt: state.attempt + 1, reason: command.reason });
  }
  if (wave.status !== 'held')
    return refuse('not-now', `Wave ${wave.id} is ${wave.status}; only a held or a stuck wave is retried.`);
  const { planned, state } = stepAt(wave, wave.at);
  // Before a gate there is nothing to repeat but the gate's own checks.
  if (!state.begun) return decided({ type: 'WaveResumed', reason: command.reason });
  return decided({
    type: 'StepRetried',
    step: planned.id,
    attempt: state.attempt + 1,
    reason: command.reason ?? 'asked for',
  });
}

export function skip(wave: OpenWave, command: Command<'SkipStep'>): Decision {
  const no = mayAct(wave, command.actor) ?? overByThread(wave);
  if (no) return no;
  if (!command.reason.trim())
    return refuse('incomplete', 'A step is skipped with a reason: `/cutover skip SITE why it can be left out`.');
  if (wave.status === 'stuck') {
    const step = wave.undo[0];
    if (step === undefined) throw new Error(`wave ${wave.id} is stuck with nothing to undo`);
    return decided(
      { type: 'UndoneByHand', step, reason: command.reason },
      ...(wave.undo.length === 1 ? [{ type: 'WaveRolledBack' } as const] : []),
    );
  }
  if (wave.status !== 'held')
    return refuse(
      'not-now',
      `Wave ${wave.id} is ${wave.status}; a step can be skipped while the wave is held. \`/cutover pause\` holds it.`,
    );
  const { planned } = stepAt(wave, wave.at);
  if (planned.gated)
    return refuse('not-skippable', `"${planned.title}" stands behind a gate, and a gate is never skipped.`);
  if (wave.plan.site.regulated)
    return refuse('not-skippable', `${wave.plan.site.site} is a regulated site: none of its steps is skipped.`);
  if (!KIND_FACTS[planned.kind].skippable)
    return refuse(
      'not-skippable',
      `"${planned.title}" protects calls and is not skipped. \`retry\` repeats it, \`rollback\` goes back.`,
    );
  const last = wave.at === wave.plan.steps.length - 1;
  const events: WaveEvent[] = [{ type: 'StepSkipped', step: planned.id, reason: command.reason }];
  return decided(
    ...events,
    last ? { type: 'WaveCompleted' } : { type: 'WaveResumed', reason: `step skipped: ${command.reason}` },
  );
}

export function rollBack(wave: OpenWave, command: Command<'RollBack'>): Decision {
  const no = mayAct(wave, command.actor);
  if (no) return no;
  const over = wave.lost?.tells === 'ended' ? overByThread(wave) : null;
  if (over) return over;
  if (wave.status === 'rolling-back')
    return refuse('not-now', `Wave ${wave.id} is rolling back already; ${wave.undo.length} steps are left.`);
  if (wave.status === 'stuck')
    return refuse(
      'not-now',
      `Wave ${wave.id} is stuck in its rollback. \`retry\` tries the failed undo again, \`skip\` records that it was done by hand.`,
    );
  // The button of an old card must not move a wave that has gone on since; the root card and the command always may.
  const gate = command.gate ?? null;
  const isOpen = isForward(wave) && wave.steps[wave.at]?.gate.state === 'open';
  if (gate !== null && !(isOpen && gateNumber(wave, wave.at) === gate)) return staleGate(wave, gate);
  return decided(...rollbackEvents(wave, command.reason));
}

function gateNumber(wave: OpenWave, at: number): number | null {
  const gate = wave.steps[at]?.gate;
  return gate === undefined || gate.state === 'closed' ? null : gate.number;
}

/** The start of a rollback, and its end when there is nothing to undo. */
export function rollbackEvents(wave: OpenWave, reason: string): readonly WaveEvent[] {
  const undo = undoOrder(wave);
  const started: WaveEvent = { type: 'RollbackStarted', reason, undo };
  return undo.length === 0 ? [started, { type: 'WaveRolledBack' }] : [started];
}

export function abort(wave: OpenWave, command: Command<'AbortWave'>): Decision {
  const no = mayAct(wave, command.actor);
  if (no) return no;
  const touched = isForward(wave) ? undoOrder(wave) : wave.undo;
  const left = wave.plan.steps.filter((planned) => touched.includes(planned.id));
  return decided({ type: 'WaveAborted', reason: command.reason, left: left.map((planned) => planned.title) });
}

/** Operators and approvers of the site steer an open wave. */
export function mayAct(wave: OpenWave, actor: Actor): Refusal | null {
  if (actor.kind !== 'person') return refuse('not-allowed', 'A wave is steered by people.');
  const permission = best(actor, wave);
  return permission === 'yes' ? null : notAllowed(permission, `the operators or approvers of ${wave.plan.site.site}`);
}

function best(actor: Person, wave: OpenWave): Permission {
  const { policy } = wave.plan.site;
  const everybody = [
    ...policy.operators,
    ...policy.approvers,
    ...Object.values(policy.gates).flatMap((rule) => rule.approvers ?? []),
  ];
  return isAmong(actor, everybody);
}

export function notAllowed(permission: Permission, whom: string): Refusal {
  return permission === 'unknown'
    ? refuse(
        'not-allowed',
        `Slack does not say right now who belongs to ${whom}, and unknown means no. Nothing was changed; please try again in a minute.`,
      )
    : refuse('not-allowed', `You are not among ${whom}. Nothing was changed.`);
}

/** The step that a card speaks of; null when the card was altered and there is no such step. */
function guardedStep(wave: OpenWave, step: StepId): ReturnType<typeof stepAt> | null {
  return wave.plan.steps.some((planned) => planned.id === step) ? stepAt(wave, stepIndex(wave, step)) : null;
}

function staleGate(wave: OpenWave, gate: number): Refusal {
  return refuse(
    'stale',
    `Gate ${gate} is closed: this card is out of date and nothing was changed. Wave ${wave.id} is ${wave.status} now.`,
  );
}
