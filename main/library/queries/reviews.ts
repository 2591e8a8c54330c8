/** Decisions about proposals: only added to. */
import type { Review } from '../../../shared/domain/records.ts'
import type { Sqlite } from '../database.ts'

export function reviewQueries(db: Sqlite) {
  const insert = db.prepare(`
    INSERT INTO review (proposal_id, value, decision, author, created)
    VALUES (@proposalId, @value, @decision, @author, @created)`)
  const ofCase = db.prepare<[string], Review>(`
    SELECT r.proposal_id AS proposalId, r.value, r.decision, r.author, r.created
    FROM review r JOIN label_version v ON v.id = r.proposal_id WHERE v.case_id = ? ORDER BY r.id DESC`)
  return {
    insertReview: (review: Review): void => void insert.run(review),
    /** Of all proposals of a case, newest first. */
    reviews: (caseId: string): Review[] => ofCase.all(caseId),
  }
}
