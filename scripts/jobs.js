/**
 * Runs jobs, so many at a time, each as soon as there is room for it.
 * @template Result
 * @param {readonly (() => Promise<Result>)[]} jobs
 * @param {number} room
 * @returns {Promise<Result[]>} in the order of the jobs
 */
export async function runJobs(jobs, room) {
  /** @type {Result[]} */
  const results = [];
  const queue = [...jobs.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, job] = next;
      results[index] = await job();
    }
  };
  await Promise.all(Array.from({ length: room }, work));
  return results;
}
