"""Replaces many known words in a text at once, however many there are."""

from collections.abc import Mapping

_HEAD = 3
"""Characters by which words are looked up; a shorter one is replaced where it is all there is."""


class Replacer:
    """Replaces words that stand for themselves: no letter or digit goes on before or after."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Take each word with what is put in its place; an empty word is none."""
        self._words = {word: other for word, other in words.items() if word}
        self._heads: dict[str, list[str]] = {}
        for word in sorted(self._words, key=len, reverse=True):
            if len(word) >= _HEAD:
                self._heads.setdefault(word[:_HEAD], []).append(word)

    def replaced(self, text: str) -> str:
        """Return the text with the longest word at each place replaced."""
        if text in self._words:
            return self._words[text]
        parts, start, at = [], 0, 0
        while at < len(text):
            word = self._at(text, at)
            if word:
                parts += [text[start:at], self._words[word]]
                start = at = at + len(word)
            else:
                at += 1
        return "".join([*parts, text[start:]]) if parts else text

    def _at(self, text: str, at: int) -> str:
        for word in self._heads.get(text[at : at + _HEAD], ()):
            if text.startswith(word, at) and _alone(text, at, at + len(word)):
                return word
        return ""


def _alone(text: str, first: int, end: int) -> bool:
    before = text[first - 1 : first]
    after = text[end : end + 1]
    goes_on = text[first].isalnum() and before.isalnum()
    return not (goes_on or (text[end - 1].isalnum() and after.isalnum()))
