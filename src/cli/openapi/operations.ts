import { ACCOUNT_OPERATIONS } from './account-operations.ts'
import { ADMIN_OPERATIONS } from './admin-operations.ts'
import { IMAGE_OPERATIONS } from './image-operations.ts'
import type { Operations } from './operation.ts'
import { VENDOR_OPERATIONS } from './vendor-operations.ts'

export const OPERATIONS: Operations = {
  ...IMAGE_OPERATIONS,
  ...VENDOR_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...ADMIN_OPERATIONS,
}
