"""Facts: what is known of one Lambda function, its image and what surrounds both.

It must not know the rules, the configuration or any report.
"""
