"""The dashboard's entry: the server where it is imported, a visitor's page where it is run."""

if __name__ == "__main__":
    from core.ui import shell

    shell.main()
else:
    import streamlit as st

    from core.server.parts import parts

    app = st.App(__file__, **parts())
