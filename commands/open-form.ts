import { type AskedReason, reasonModal } from '../templates/modals';

/** The part of a Slack client that opens a form. */
export interface FormClient {
  readonly views: { open(request: { trigger_id: string; view: never }): Promise<unknown> };
}

/**
 * Asks for a reason. A trigger is good for three seconds and for one form, so Slack may refuse: then the person reads
 * that nothing was done and how to do it without a form.
 */
export async function openForm(client: FormClient, trigger: string, asked: AskedReason): Promise<string | null> {
  try {
    await client.views.open({ trigger_id: trigger, view: reasonModal(asked) as never });
    return null;
  } catch {
    const verb = asked.kind === 'approve' || asked.kind === 'hold' ? null : asked.kind;
    const instead = verb ? ` or give the reason at once: \`/cutover ${verb} ${asked.site} REASON\`` : '';
    return `Slack did not open the form, so nothing was done. Press the button again${instead}.`;
  }
}
