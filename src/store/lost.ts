// An address that leads nowhere, with the place where what was meant can be looked for.
import { UserError, type UserErrorFields } from '../lib/errors.ts'
import type { Route } from '../lib/route.ts'

/** Says what an address lacks, and where to go on. */
export class Lost extends UserError {
  readonly way: { readonly name: string; readonly route: Route }

  constructor(fields: UserErrorFields, way: Lost['way']) {
    super(fields)
    this.way = way
  }
}
