/** What Slack answers, if it does so within `ms` of real time; rejects otherwise. The call itself goes on. */
export async function inTime<Value>(ms: number, asked: Promise<Value>): Promise<Value> {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`Slack did not answer within ${ms} ms`)), ms);
  });
  return Promise.race([asked, silence]).finally(() => clearTimeout(late));
}
