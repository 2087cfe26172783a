"""What must hold of every row, whatever raced: each rule as one question that names the rows against it.

Each question is one set-based statement, so that it sees one moment of a running system and costs a
look at its tables, never one a row. Its first column is the key of a row, its second what is wrong.
"""
