"""`dagger call mutants`: a change that no test notices is named."""

from __future__ import annotations

PATCH = """\
--- a/visit/models.py
+++ b/visit/models.py
@@ -9,4 +9,4 @@

     def greet(self):
         self.ensure_one()
-        return f"Hello {self.name}"
+        return %s
"""


def test_the_survivor_is_named_and_the_other_is_not(call, repository) -> None:
    repository.addon("visit")
    folder = repository.path / "tests/mutants"
    folder.mkdir(parents=True)
    (folder / "rude.patch").write_text(PATCH % '"Good bye"', encoding="utf-8")
    (folder / "the_same.patch").write_text(PATCH % '"Hello " + self.name', encoding="utf-8")
    repository.commit()

    answer = call("mutants", "--source", repository.path, ok=False)

    assert "rude: noticed by visit.tests.test_visit.TestVisit.test_greet" in answer.out
    assert "tests/mutants/the_same.patch: mutant-survived" in answer.out
    assert "1 of 2 mutants noticed" in answer.out
