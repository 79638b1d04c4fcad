-- Finds the letter of a batch that is in quarantine already and comes again: it is refused once more and adds none.
CREATE INDEX dead_letter_again ON dead_letter (key, sha256(payload)) WHERE state = 'held';
