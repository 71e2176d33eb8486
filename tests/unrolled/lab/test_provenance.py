"""The hash of everything that a result depends on."""

from unrolled.lab import provenance


def test_the_hash_follows_what_a_page_imports_and_not_its_words():
    before = provenance.closure("from unrolled.lab.evidence import verify")
    assert {path.name for path in before} >= {"evidence.py", "page.py"}
    assert provenance.without_words('"""Words."""\n# more\n\nx = 1\n') == provenance.without_words("x = 1")
    assert provenance.without_words("x = 1") != provenance.without_words("x = 2")


def test_an_unrelated_module_changes_nothing():
    on_evidence = provenance.digest(["from unrolled.lab.evidence import verify"])
    files = {path.name for path in provenance.closure("from unrolled.lab.evidence import verify")}
    assert "check.py" not in files and "tasks.py" not in files
    assert on_evidence == provenance.digest(["from unrolled.lab.evidence import verify  "])
    assert on_evidence != provenance.digest(["from unrolled.lab.evidence import verify"], more=["data 2"])
    assert on_evidence != provenance.digest(["from unrolled.lab.evidence import verify"], libraries=["numpy"])


def test_a_package_counts_where_a_name_of_it_is_imported_that_is_no_module():
    def names(source):
        return {path.relative_to(provenance.ROOT).as_posix() for path in provenance.closure(source)}

    assert names("from unrolled.data import tasks") == {"book/unrolled/data/tasks.py"}
    assert names("from unrolled.data import encode") == {"book/unrolled/data/__init__.py", "book/unrolled/data/text.py"}
    assert "book/unrolled/checking/check.py" in names("import unrolled")
    assert "book/unrolled/checking/check.py" not in names("from unrolled import data")
