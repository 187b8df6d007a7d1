"""What IAM policy documents let a principal do: requests, statements, principals, conditions, decisions.

Documents are plain values in which any string may be text with holes and any value a hole. Every answer is True, False
or None for "cannot be known", and learning what a hole holds never turns True into False or back. What is not evaluated
here (other operators, policy variables, parts of principals) is unknown, never guessed. Facts are cited by the page of
the IAM User Guide: (Principal) is "AWS JSON policy elements: Principal", (Operators) is "Condition operators".
"""
