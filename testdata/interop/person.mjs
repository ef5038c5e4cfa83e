import { setTimeout as sleep } from 'node:timers/promises';

/** Person answers forms as told, one answer per form, and remembers them. */
export class Person {
  forms = [];
  #answers = [];
  #reads;

  /** reads is for how many milliseconds they read; a faster answer is taken for none. */
  constructor(reads) {
    this.#reads = reads;
  }

  /** will queues the answer to the next form. */
  will(action, content, after = this.#reads) {
    this.#answers.push({ action, content, after });
  }

  async answer(form) {
    this.forms.push(form);
    const { action, content, after } = this.#answers.shift() ?? { action: 'cancel', after: 0 };
    await sleep(after);
    return content ? { action, content } : { action };
  }

  /** lastForm returns the form that came since the last look, if exactly one did. */
  lastForm() {
    const forms = this.forms.splice(0);
    if (forms.length !== 1) throw new Error(`${forms.length} forms were shown, not 1`);
    return forms[0];
  }
}
