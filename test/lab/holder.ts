/** A process that starts the SIP lab, says so to its parent and then holds it until it is killed. */
import { startSipLab } from './lab';

void startSipLab().then(
  () => process.send?.('up'),
  (cause: Error) => process.send?.(cause.message),
);
setInterval(() => undefined, 60_000);
